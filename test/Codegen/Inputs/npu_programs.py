# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole programs at the npu level: reductions, windows, permutations, products,
tiled chains with boundary tiles and temporaries in dram, scalar control."""

import sys

import numpy as np
from npu_harness import ACC as A, DRAM as D, SRAM as S, Harness

rng = np.random.default_rng(2)
harness = Harness(sys.argv[1])


def check(name, text, inputs, expected, tolerance=1e-5, target="edge", flags=("--sanitize",)):
    result = harness.run("program", text, inputs, target, flags)
    for key, value in expected.items():
        harness.check(f"{name} {key}", result[key], value, tolerance)


x=rng.standard_normal((13,9,21)).astype('f4')
for comb,ty,init,fn in (('addf','f32','0.0',np.sum),('maximumf','f32','0xFF800000',np.max)):
  for axes in ((0,),(2,),(0,2),(0,1,2)):
    keep=[d for d in range(3) if d not in axes]
    oshape=[(13,9,21)[d] for d in keep]; om='('+', '.join(f'd{d}' for d in keep)+')'
    ot='x'.join(map(str,oshape))+('x' if oshape else '')+ty
    its=', '.join('#linalg.iterator_type<%s>'%('reduction' if d in axes else 'parallel') for d in range(3))
    for mode in ('init','acc'):
      t=f'''func.func @main(%x: memref<13x9x21xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<{ot}, {D}> {{npu.io="output",npu.name="o"}}) {{
  %s = memref.alloc() : memref<13x9x21xf32, {S}>
  npu.copy %x to %s : memref<13x9x21xf32, {D}> to memref<13x9x21xf32, {S}>
  %t = memref.alloc() : memref<{ot}, {S}>
  %c = arith.constant {init} : f32
  {'npu.fill %c into %t : f32 into memref<'+ot+', '+S+'>' if mode=='acc' else ''}
  npu.vector ins(%s : memref<13x9x21xf32, {S}>) outs(%t : memref<{ot}, {S}>) attributes {{indexing_maps=[affine_map<(d0,d1,d2)->(d0,d1,d2)>, affine_map<(d0,d1,d2)->{om}>], iterator_types=[{its}]{', init' if mode=='init' else ''}}} {{
  ^bb0(%a: f32, %old: f32):
    %r = arith.{comb} %old, %a : f32
    npu.yield %r : f32
  }}
  npu.copy %t to %o : memref<{ot}, {S}> to memref<{ot}, {D}>
  return
}}'''
      check(f'reduce {comb} {axes} {mode}',t,{'x':x},{'o':fn(x.astype('f8'),axis=axes)},1e-4)
# pad copy
t=f'''func.func @main(%x: memref<5x7xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<9x8xf32, {D}> {{npu.io="output",npu.name="o"}}) {{
  %s = memref.alloc() : memref<9x8xf32, {S}>
  %c2 = arith.constant 2 : index
  %cm = arith.constant -1 : index
  %f = arith.constant 3.5 : f32
  npu.copy %x to %s low(%c2, %cm) fill(%f : f32) : memref<5x7xf32, {D}> to memref<9x8xf32, {S}>
  npu.copy %s to %o : memref<9x8xf32, {S}> to memref<9x8xf32, {D}>
  return
}}'''
y=rng.standard_normal((5,7)).astype('f4'); e=np.full((9,8),3.5,'f4'); e[2:7,0:6]=y[:,1:]
check('pad',t,{'x':y},{'o':e})
# 8-d permuting copy through sram + vector transposes
shape=(2,3,2,3,2,3,2,2); perm=(7,0,5,2,6,1,4,3); z=rng.standard_normal(shape).astype('f4')
ps=tuple(shape[p] for p in perm); st='x'.join(map(str,shape)); pt='x'.join(map(str,ps))
inv=', '.join(f'd{p}' for p in perm); ds=', '.join(f'd{i}' for i in range(8))
t=f'''func.func @main(%x: memref<{st}xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<{pt}xf32, {D}> {{npu.io="output",npu.name="o"}}) {{
  %s = memref.alloc() : memref<{st}xf32, {S}>
  %t = memref.alloc() : memref<{pt}xf32, {S}>
  npu.copy %x to %s : memref<{st}xf32, {D}> to memref<{st}xf32, {S}>
  npu.vector ins(%s : memref<{st}xf32, {S}>) outs(%t : memref<{pt}xf32, {S}>) attributes {{indexing_maps=[affine_map<({ds})->({ds})>, affine_map<({ds})->({inv})>], iterator_types=[{', '.join(['#linalg.iterator_type<parallel>']*8)}]}} {{
  ^bb0(%a: f32, %old: f32):
    npu.yield %a : f32
  }}
  npu.copy %t to %o : memref<{pt}xf32, {S}> to memref<{pt}xf32, {D}>
  return
}}'''
check('transpose8',t,{'x':z},{'o':z.transpose(perm)})
t=f'''func.func @main(%x: memref<{st}xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<{pt}xf32, {D}> {{npu.io="output",npu.name="o"}}) {{
  %s = memref.alloc() : memref<{pt}xf32, {S}>
  %v = memref.transpose %x ({ds}) -> ({inv}) : memref<{st}xf32, {D}> to memref<{pt}xf32, strided<[{', '.join(str(int(np.prod(shape[p+1:]))) for p in perm)}]>, {D}>
  npu.copy %v to %s : memref<{pt}xf32, strided<[{', '.join(str(int(np.prod(shape[p+1:]))) for p in perm)}]>, {D}> to memref<{pt}xf32, {S}>
  npu.copy %s to %o : memref<{pt}xf32, {S}> to memref<{pt}xf32, {D}>
  return
}}'''
check('copy8',t,{'x':z},{'o':z.transpose(perm)})
# matmul with bias preload, drain steps relu, bf16 out via f16
for at,acct,tol in (('f32','f32',1e-4),('f16','f32',2e-3)):
  a=rng.standard_normal((20,33)).astype(at.replace('f','float')); b=rng.standard_normal((33,70)).astype(a.dtype); bias=rng.standard_normal(70).astype('f4')
  t=f'''func.func @main(%a: memref<20x33x{at}, {D}> {{npu.io="input",npu.name="a"}}, %b: memref<33x70x{at}, {D}> {{npu.io="input",npu.name="b"}}, %bias: memref<70xf32, {D}> {{npu.io="input",npu.name="bias"}}, %o: memref<70x20x{at}, {D}> {{npu.io="output",npu.name="o"}}) {{
  %sa = memref.alloc() : memref<20x33x{at}, {S}>
  %sb = memref.alloc() : memref<33x70x{at}, {S}>
  %sc = memref.alloc() : memref<70xf32, {S}>
  %so = memref.alloc() : memref<70x20x{at}, {S}>
  %acc = memref.alloc() : memref<20x70xf32, {A}>
  npu.copy %a to %sa : memref<20x33x{at}, {D}> to memref<20x33x{at}, {S}>
  npu.copy %b to %sb : memref<33x70x{at}, {D}> to memref<33x70x{at}, {S}>
  npu.copy %bias to %sc : memref<70xf32, {D}> to memref<70xf32, {S}>
  npu.preload %sc into %acc {{indexing_maps=[affine_map<(m,n)->(n)>]}} : memref<70xf32, {S}> into memref<20x70xf32, {A}>
  npu.matmul ins(%sa, %sb : memref<20x33x{at}, {S}>, memref<33x70x{at}, {S}>) outs(%acc : memref<20x70xf32, {A}>) {{indexing_maps=[affine_map<(m,n,k)->(m,k)>,affine_map<(m,n,k)->(k,n)>,affine_map<(m,n,k)->(m,n)>], m_dims=array<i64: 0>, n_dims=array<i64: 1>, k_dims=array<i64: 2>, accumulate}}
  %z = arith.constant 0.0 : f32
  %h = arith.constant 4.0 : f32
  npu.drain %acc to %so steps(%sc : memref<70xf32, {S}>) {{indexing_maps=[affine_map<(m,n)->(n,m)>, affine_map<(m,n)->(n)>]}} : memref<20x70xf32, {A}> to memref<70x20x{at}, {S}> {{
  ^bb0(%x: f32, %t: f32):
    %0 = arith.maximumf %x, %z : f32
    %1 = arith.minimumf %0, %h : f32
    %2 = arith.mulf %1, %t : f32
    %3 = arith.subf %h, %2 : f32
    {'npu.yield %3 : f32' if at=='f32' else '%4 = arith.truncf %3 : f32 to f16'+chr(10)+'npu.yield %4 : f16'}
  }}
  npu.copy %so to %o : memref<70x20x{at}, {S}> to memref<70x20x{at}, {D}>
  return
}}'''
  e=(4-np.clip(a.astype('f4')@b.astype('f4')+bias,0,4)*bias).T
  check('gemm '+at,t,{'a':a,'b':b,'bias':bias},{'o':e},tol)
# conv i8
a=rng.integers(-128,128,(11,11,8),dtype='i1'); w=rng.integers(-128,128,(3,3,8,40),dtype='i1')
t=f'''func.func @main(%a: memref<11x11x8xi8, {D}> {{npu.io="input",npu.name="a"}}, %w: memref<3x3x8x40xi8, {D}> {{npu.io="input",npu.name="w"}}, %o: memref<5x5x40xi32, {D}> {{npu.io="output",npu.name="o"}}, %p: memref<5x5x40xi8, {D}> {{npu.io="output",npu.name="p"}}) {{
  %sa = memref.alloc() : memref<11x11x8xi8, {S}>
  %sw = memref.alloc() : memref<3x3x8x40xi8, {S}>
  %so = memref.alloc() : memref<5x5x40xi32, {S}>
  %sp = memref.alloc() : memref<5x5x40xi8, {S}>
  %acc = memref.alloc() : memref<5x5x40xi32, {A}>
  npu.copy %a to %sa : memref<11x11x8xi8, {D}> to memref<11x11x8xi8, {S}>
  npu.copy %w to %sw : memref<3x3x8x40xi8, {D}> to memref<3x3x8x40xi8, {S}>
  npu.matmul ins(%sa, %sw : memref<11x11x8xi8, {S}>, memref<3x3x8x40xi8, {S}>) outs(%acc : memref<5x5x40xi32, {A}>) {{indexing_maps=[affine_map<(y,x,o,r,s,c)->(y*2+r,x*2+s,c)>,affine_map<(y,x,o,r,s,c)->(r,s,c,o)>,affine_map<(y,x,o,r,s,c)->(y,x,o)>], m_dims=array<i64: 0,1>, n_dims=array<i64: 2>, k_dims=array<i64: 3,4,5>, a_unsigned}}
  npu.drain %acc to %so {{indexing_maps=[affine_map<(y,x,o)->(y,x,o)>]}} : memref<5x5x40xi32, {A}> to memref<5x5x40xi32, {S}>
  npu.drain %acc to %sp {{indexing_maps=[affine_map<(y,x,o)->(y,x,o)>]}} : memref<5x5x40xi32, {A}> to memref<5x5x40xi8, {S}>
  npu.copy %so to %o : memref<5x5x40xi32, {S}> to memref<5x5x40xi32, {D}>
  npu.copy %sp to %p : memref<5x5x40xi8, {S}> to memref<5x5x40xi8, {D}>
  return
}}'''
e=np.zeros((5,5,40),'i4')
for y in range(5):
  for xx in range(5):
    e[y,xx]=np.tensordot(a[2*y:2*y+3,2*xx:2*xx+3].view('u1').astype('i4'),w.astype('i4'),3)
check('conv',t,{'a':a,'w':w},{'o':e,'p':np.clip(e,-128,127)})
# tiled softmax-like chain with dram temp, loops, while, if, spilled etc
x=rng.standard_normal((50,37)).astype('f4')
t=f'''func.func @main(%x: memref<50x37xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<50x37xf32, {D}> {{npu.io="output",npu.name="o"}}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c50 = arith.constant 50 : index
  %tmp = memref.alloc() : memref<50x37xf32, {D}>
  scf.for %i = %c0 to %c50 step %c8 {{
    %m = affine.min affine_map<(i)->(8, 50-i)>(%i)
    %a0 = memref.alloc() : memref<8x37xf32, {S}>
    %r0 = memref.alloc() : memref<8xf32, {S}>
    %b0 = memref.alloc() : memref<8x37xf32, {S}>
    %a = memref.subview %a0[0,0][%m,37][1,1] : memref<8x37xf32, {S}> to memref<?x37xf32, strided<[37,1]>, {S}>
    %b = memref.subview %b0[0,0][%m,37][1,1] : memref<8x37xf32, {S}> to memref<?x37xf32, strided<[37,1]>, {S}>
    %r = memref.subview %r0[0][%m][1] : memref<8xf32, {S}> to memref<?xf32, strided<[1]>, {S}>
    %xs = memref.subview %x[%i,0][%m,37][1,1] : memref<50x37xf32, {D}> to memref<?x37xf32, strided<[37,1], offset: ?>, {D}>
    npu.copy %xs to %a : memref<?x37xf32, strided<[37,1], offset: ?>, {D}> to memref<?x37xf32, strided<[37,1]>, {S}>
    npu.vector ins(%a : memref<?x37xf32, strided<[37,1]>, {S}>) outs(%r : memref<?xf32, strided<[1]>, {S}>) attributes {{indexing_maps=[affine_map<(i,j)->(i,j)>,affine_map<(i,j)->(i)>], iterator_types=[#linalg.iterator_type<parallel>,#linalg.iterator_type<reduction>], init}} {{
    ^bb0(%v: f32, %old: f32):
      %q = arith.maximumf %old, %v : f32
      npu.yield %q : f32
    }}
    npu.vector ins(%a, %r : memref<?x37xf32, strided<[37,1]>, {S}>, memref<?xf32, strided<[1]>, {S}>) outs(%b : memref<?x37xf32, strided<[37,1]>, {S}>) attributes {{indexing_maps=[affine_map<(i,j)->(i,j)>,affine_map<(i,j)->(i)>,affine_map<(i,j)->(i,j)>], iterator_types=[#linalg.iterator_type<parallel>,#linalg.iterator_type<parallel>]}} {{
    ^bb0(%v: f32, %w: f32, %old: f32):
      %q = arith.subf %v, %w : f32
      %e = math.exp %q : f32
      npu.yield %e : f32
    }}
    %ts = memref.subview %tmp[%i,0][%m,37][1,1] : memref<50x37xf32, {D}> to memref<?x37xf32, strided<[37,1], offset: ?>, {D}>
    npu.copy %b to %ts : memref<?x37xf32, strided<[37,1]>, {S}> to memref<?x37xf32, strided<[37,1], offset: ?>, {D}>
  }}
  %c5 = arith.constant 5 : index
  scf.for %i = %c0 to %c50 step %c5 {{
    %a = memref.alloc() : memref<5x37xf32, {S}>
    %r = memref.alloc() : memref<5xf32, {S}>
    %xs = memref.subview %tmp[%i,0][5,37][1,1] : memref<50x37xf32, {D}> to memref<5x37xf32, strided<[37,1], offset: ?>, {D}>
    npu.copy %xs to %a : memref<5x37xf32, strided<[37,1], offset: ?>, {D}> to memref<5x37xf32, {S}>
    npu.vector ins(%a : memref<5x37xf32, {S}>) outs(%r : memref<5xf32, {S}>) attributes {{indexing_maps=[affine_map<(i,j)->(i,j)>,affine_map<(i,j)->(i)>], iterator_types=[#linalg.iterator_type<parallel>,#linalg.iterator_type<reduction>], init}} {{
    ^bb0(%v: f32, %old: f32):
      %q = arith.addf %old, %v : f32
      npu.yield %q : f32
    }}
    npu.vector ins(%r : memref<5xf32, {S}>) outs(%a : memref<5x37xf32, {S}>) attributes {{indexing_maps=[affine_map<(i,j)->(i)>,affine_map<(i,j)->(i,j)>], iterator_types=[#linalg.iterator_type<parallel>,#linalg.iterator_type<parallel>]}} {{
    ^bb0(%w: f32, %old: f32):
      %e = arith.divf %old, %w : f32
      npu.yield %e : f32
    }}
    %os = memref.subview %o[%i,0][5,37][1,1] : memref<50x37xf32, {D}> to memref<5x37xf32, strided<[37,1], offset: ?>, {D}>
    npu.copy %a to %os : memref<5x37xf32, {S}> to memref<5x37xf32, strided<[37,1], offset: ?>, {D}>
  }}
  return
}}'''
e=np.exp(x-x.max(1,keepdims=True)); e/=e.sum(1,keepdims=True)
for tg in ('nano','edge','server','hbm'):
  for fl in (('--sanitize',),('--timed',)):
    check('softmax '+tg+fl[0],t,{'x':x},{'o':e},1e-5,target=tg,flags=fl)
# scalar control: while with memref.load, if
t=f'''func.func @main(%x: memref<16xf32, {D}> {{npu.io="input",npu.name="x"}}, %o: memref<16xf32, {D}> {{npu.io="output",npu.name="o"}}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %z = arith.constant 0.0 : f32
  %s = memref.alloc() : memref<16xf32, {S}>
  %r = memref.alloc() : memref<16xf32, {S}>
  npu.copy %x to %s : memref<16xf32, {D}> to memref<16xf32, {S}>
  %sum = scf.for %i = %c0 to %c16 step %c1 iter_args(%acc = %z) -> (f32) {{
    %v = memref.load %s[%i] : memref<16xf32, {S}>
    %neg = arith.cmpf olt, %v, %z : f32
    %w = scf.if %neg -> (f32) {{
      %n = arith.negf %v : f32
      scf.yield %n : f32
    }} else {{
      %n = arith.addf %v, %v : f32
      scf.yield %n : f32
    }}
    %a2 = arith.addf %acc, %w : f32
    memref.store %a2, %r[%i] : memref<16xf32, {S}>
    scf.yield %a2 : f32
  }}
  %k = scf.while (%j = %c0) : (index) -> index {{
    %v = memref.load %r[%j] : memref<16xf32, {S}>
    %lim = arith.constant 6.0 : f32
    %lt = arith.cmpf olt, %v, %lim : f32
    %in = arith.cmpi slt, %j, %c16 : index
    %go = arith.andi %lt, %in : i1
    scf.condition(%go) %j : index
  }} do {{
  ^bb0(%j: index):
    %f = memref.load %r[%j] : memref<16xf32, {S}>
    %g = arith.mulf %f, %sum : f32
    memref.store %g, %r[%j] : memref<16xf32, {S}>
    %n = arith.addi %j, %c1 : index
    scf.yield %n : index
  }}
  npu.copy %r to %o : memref<16xf32, {S}> to memref<16xf32, {D}>
  return
}}'''
y=rng.standard_normal(16).astype('f4'); r=np.cumsum(np.where(y<0,-y,2*y).astype('f4'),dtype='f4'); s=r[-1]; j=0
e=r.copy()
while j<16 and e[j]<6: e[j]*=s; j+=1
check('scalar',t,{'x':y},{'o':e})
# A product with boundary tiles in all three dimensions; with six registers most
# scalars live in the scratchpad.
text = '''
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%a: memref<100x70xf32, #npu.space<dram>> {npu.io = "input", npu.name = "a"},
                %b: memref<70x90xf32, #npu.space<dram>> {npu.io = "input", npu.name = "b"},
                %c: memref<100x90xf32, #npu.space<dram>> {npu.io = "output", npu.name = "c"}) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c100 = arith.constant 100 : index
  %c90 = arith.constant 90 : index
  %c70 = arith.constant 70 : index
  scf.for %i = %c0 to %c100 step %c32 {
    %m = affine.min affine_map<(i) -> (32, 100 - i)>(%i)
    scf.for %j = %c0 to %c90 step %c32 {
      %n = affine.min affine_map<(i) -> (32, 90 - i)>(%j)
      %acc0 = memref.alloc() : memref<32x32xf32, #npu.space<acc>>
      %acc = memref.subview %acc0[0, 0] [%m, %n] [1, 1] : memref<32x32xf32, #npu.space<acc>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<acc>>
      scf.for %k = %c0 to %c70 step %c32 {
        %kk = affine.min affine_map<(i) -> (32, 70 - i)>(%k)
        %ta0 = memref.alloc() : memref<32x32xf32, #npu.space<sram>>
        %ta = memref.subview %ta0[0, 0] [%m, %kk] [1, 1] : memref<32x32xf32, #npu.space<sram>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
        %sa = memref.subview %a[%i, %k] [%m, %kk] [1, 1] : memref<100x70xf32, #npu.space<dram>> to memref<?x?xf32, strided<[70, 1], offset: ?>, #npu.space<dram>>
        npu.copy %sa to %ta : memref<?x?xf32, strided<[70, 1], offset: ?>, #npu.space<dram>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
        %tb0 = memref.alloc() : memref<32x32xf32, #npu.space<sram>>
        %tb = memref.subview %tb0[0, 0] [%kk, %n] [1, 1] : memref<32x32xf32, #npu.space<sram>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
        %sb = memref.subview %b[%k, %j] [%kk, %n] [1, 1] : memref<70x90xf32, #npu.space<dram>> to memref<?x?xf32, strided<[90, 1], offset: ?>, #npu.space<dram>>
        npu.copy %sb to %tb : memref<?x?xf32, strided<[90, 1], offset: ?>, #npu.space<dram>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
        %later = arith.cmpi ne, %k, %c0 : index
        npu.matmul ins(%ta, %tb : memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>, memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>)
           outs(%acc : memref<?x?xf32, strided<[32, 1]>, #npu.space<acc>>) accumulate_if(%later)
           {indexing_maps = [#mk, #kn, #mn], m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
      }
      %to0 = memref.alloc() : memref<32x32xf32, #npu.space<sram>>
      %to = memref.subview %to0[0, 0] [%m, %n] [1, 1] : memref<32x32xf32, #npu.space<sram>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
      npu.drain %acc to %to {indexing_maps = [#id]} : memref<?x?xf32, strided<[32, 1]>, #npu.space<acc>> to memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>>
      %so = memref.subview %c[%i, %j] [%m, %n] [1, 1] : memref<100x90xf32, #npu.space<dram>> to memref<?x?xf32, strided<[90, 1], offset: ?>, #npu.space<dram>>
      npu.copy %to to %so : memref<?x?xf32, strided<[32, 1]>, #npu.space<sram>> to memref<?x?xf32, strided<[90, 1], offset: ?>, #npu.space<dram>>
    }
  }
  return
}
'''
a, b = rng.standard_normal((100, 70)).astype("f4"), rng.standard_normal((70, 90)).astype("f4")
for target in ("nano", "edge", "server", "hbm"):
    check("product " + target, text, {"a": a, "b": b}, {"c": a @ b}, 1e-4, target)
spilling = ["--tile=target=edge", "--lower-affine", "--canonicalize", "--loop-invariant-code-motion",
            "--convert-npu-to-nisa=target=edge", "--nisa-reuse-descriptors",
            "--nisa-allocate-registers=target=edge registers=6"]
result = harness.run("spilling", text, {"a": a, "b": b}, passes=spilling)
harness.check("spilled product", result["c"], a @ b, 1e-4)
harness.finish()
